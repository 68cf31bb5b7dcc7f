const query = window.matchMedia('(max-width: 720px)');
let phone = $state(query.matches);
query.addEventListener('change', () => (phone = query.matches));

export const media = {
  get phone(): boolean {
    return phone;
  },
};
