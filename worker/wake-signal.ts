/** Wakes a loop that waits for something to do. A call while nobody waits is kept for the next wait. */
export class WakeSignal {
  #pending = false
  #resolve: (() => void) | null = null

  wake(): void {
    this.#pending = true
    this.#resolve?.()
  }

  /** Resolves at the next call of `wake`, or after `ms` without one. */
  async wait(ms: number): Promise<void> {
    if (!this.#pending) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#resolve = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#resolve = null
    this.#pending = false
  }
}
