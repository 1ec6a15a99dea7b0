// Results on their way back from the device: a step need not wait for the numbers of the one before.

export class Flight {
  private readonly depth: number;
  private readonly waiting: (() => Promise<void>)[] = [];

  /** At most `depth` results are out after `add`; 0 waits for each. */
  constructor(depth: number) {
    this.depth = depth;
  }

  /** `settle` gets the result in its turn: after those that were added before. What is there already is settled at once,
   *  and there is nothing to wait for. */
  add<Result>(
    result: Promise<Result> | Result,
    settle: (result: Result) => void,
  ): Promise<void> | undefined {
    if (!(result instanceof Promise) && this.waiting.length === 0) {
      settle(result);
      return undefined;
    }
    // A result that fails while others are waited for is told in its turn.
    if (result instanceof Promise) result.catch(() => undefined);
    this.waiting.push(async () => settle(await result));
    return this.shrink(this.depth);
  }

  /** Waits for all. */
  async drain(): Promise<void> {
    await this.shrink(0);
  }

  private async shrink(most: number): Promise<void> {
    while (this.waiting.length > most) await this.waiting.shift()?.();
  }
}
