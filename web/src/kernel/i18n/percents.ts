/**
 * What each part is of the whole, in whole percent that add up to 100: what rounding down leaves over goes to the parts
 * with the largest remainders, among equals to the first. `whole` is more than the parts where some are left out.
 */
export function percents(parts: readonly number[], whole = parts.reduce((sum, part) => sum + part, 0)): number[] {
  if (whole <= 0) return parts.map(() => 0);
  const exact = parts.map((part) => (part * 100) / whole);
  const rounded = exact.map(Math.floor);
  const sum = Math.round(exact.reduce((total, part) => total + part, 0));
  const left = sum - rounded.reduce((total, part) => total + part, 0);
  exact
    .map((part, at) => ({ at, rest: part - Math.floor(part) }))
    .sort((a, b) => b.rest - a.rest || a.at - b.at)
    .slice(0, left)
    .forEach(({ at }) => (rounded[at]! += 1));
  return rounded;
}
