/** Hears of one kind of event. What it returns is not looked at. */
export type Listener<Value> = (value: Value) => unknown;

/**
 * Listeners by the name of an event. `Events` maps each name to what its listeners are given.
 *
 * Listeners are called at once, in the order in which they came, and those that come or go meanwhile count from the next event on.
 */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, readonly Listener<never>[]>();

  /** Calls `listener` for each event of this name. Returns a function that ends it. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    // A function of its own for each call: whoever listens twice is called twice, and ends each by itself.
    const own: Listener<Events[Name]> = (value) => listener(value);
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), own]);
    return () => {
      this.#listeners.set(name, (this.#listeners.get(name) ?? []).filter((other) => other !== own));
    };
  }

  /** The next event of this name. */
  once<Name extends keyof Events>(name: Name): Promise<Events[Name]> {
    return new Promise((resolve) => {
      const end = this.on(name, (value) => {
        end();
        resolve(value);
      });
    });
  }

  /** Calls the listeners of `name`. What one of them throws keeps the others from nothing; the first error is thrown in the end. */
  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined || listeners.length === 0) return;
    const errors: unknown[] = [];
    for (const listener of listeners as readonly Listener<Events[Name]>[]) {
      try {
        listener(value);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  /** Forgets every listener. */
  clear(): void {
    this.#listeners.clear();
  }
}
