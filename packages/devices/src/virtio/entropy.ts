/** Where random bytes come from. */
export interface EntropySource {
  /** Fills `bytes` with random ones. */
  fill(target: Uint8Array): void;
  /** What makes the source go on as it would have; undefined for one that nobody can repeat. */
  save(): readonly number[] | undefined;
  /** Takes the state of another source over. */
  restore(state: readonly number[]): void;
}

interface HostCrypto {
  getRandomValues(target: Uint8Array): unknown;
}

/** The host's cryptographic random numbers. */
export function hostEntropy(): EntropySource {
  const { crypto } = globalThis as unknown as { readonly crypto: HostCrypto };
  return { fill: (target) => void crypto.getRandomValues(target), save: () => undefined, restore: () => undefined };
}

/** xoshiro128** (Blackman and Vigna): repeats from its seed, for machines whose runs repeat. Not for secrets. */
export function seededEntropy(seed: number): EntropySource {
  const initial = expand(seed);
  let state = Uint32Array.from(initial);
  const next = (): number => {
    const [a, b, c, d] = state as unknown as readonly [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9);
    const third = c ^ a;
    const fourth = d ^ b;
    state.set([a ^ fourth, b ^ third, third ^ (b << 9), rotate(fourth, 11)]);
    return result >>> 0;
  };
  return {
    fill: (target) => {
      for (let i = 0, word = 0; i < target.length; i++) {
        if (i % 4 === 0) word = next();
        target[i] = word >>> ((i % 4) * 8);
      }
    },
    save: () => [...state],
    restore: (saved) => {
      const words = Uint32Array.from({ length: 4 }, (_, i) => saved[i] ?? 0);
      // All zeros is the one state that stays as it is.
      state = words.some((word) => word !== 0) ? words : Uint32Array.from(initial);
    },
  };
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

/** Four words that are never all zero (SplitMix32). */
function expand(seed: number): number[] {
  let state = seed >>> 0;
  return Array.from({ length: 4 }, () => {
    state = (state + 0x9e3779b9) >>> 0;
    let word = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return (word ^ (word >>> 15)) >>> 0;
  });
}
