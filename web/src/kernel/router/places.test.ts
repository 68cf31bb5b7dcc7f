import { describe, expect, it } from 'vitest';
import { Places, type Place } from './places';

const place = (y: number, page: Place['page'] = {}): Place => ({ anchor: `post-${y}`, top: 80, y, page });

function storage(text: string | null = null): Pick<Storage, 'getItem' | 'setItem'> {
  let kept = text;
  return { getItem: () => kept, setItem: (_name, value) => void (kept = value) };
}

describe('Places', () => {
  it('are those of each entry, also after a reload', () => {
    const store = storage();
    const places = new Places(store);
    places.set('a', place(1, { rows: 120 }));
    places.set('b', place(2));
    places.set('a', place(3, { rows: 150 }));
    const reloaded = new Places(store);
    expect(reloaded.get('a')).toEqual(place(3, { rows: 150 }));
    expect(reloaded.get('b')).toEqual(place(2));
    expect(reloaded.get('c')).toBeNull();
  });

  it('are forgotten from the one that rested longest', () => {
    const places = new Places(storage());
    for (let n = 0; n < 100; n += 1) {
      places.set(`e${n}`, place(n));
      places.set('first', place(0));
    }
    expect(places.get('e0')).toBeNull();
    expect(places.get('first')).not.toBeNull();
    expect(places.get('e99')).not.toBeNull();
    expect(places.get('e60')).not.toBeNull();
  });

  it.each(['', '{', '7', '{"a":1}'])('begin empty where the storage holds %j', (text) => {
    expect(new Places(storage(text)).get('a')).toBeNull();
  });

  it('work without a storage, and with one that refuses', () => {
    const refuses = {
      getItem: (): string | null => {
        throw new Error('no');
      },
      setItem: (): void => {
        throw new Error('full');
      },
    };
    for (const store of [null, refuses]) {
      const places = new Places(store);
      places.set('a', place(1));
      expect(places.get('a')).toEqual(place(1));
    }
  });
});
