/** What is to happen, by time. */
export interface Agenda<What> {
  add(at: number, what: What): void
  take(): { at: number; what: What } | undefined
}

/** What is to happen, the earliest first: a binary heap. */
export function agendaOf<What>(): Agenda<What> {
  const heap: { at: number; what: What }[] = []
  const swap = (a: number, b: number) => {
    ;[heap[a], heap[b]] = [heap[b], heap[a]]
  }
  return {
    add(at: number, what: What) {
      heap.push({ at, what })
      for (let i = heap.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1
        if (heap[parent].at <= heap[i].at) return
        swap(i, parent)
        i = parent
      }
    },
    take(): { at: number; what: What } | undefined {
      if (heap.length === 0) return undefined
      swap(0, heap.length - 1)
      const first = heap.pop()
      for (let i = 0; ; ) {
        const [left, right] = [2 * i + 1, 2 * i + 2]
        let least = i
        if (left < heap.length && heap[left].at < heap[least].at) least = left
        if (right < heap.length && heap[right].at < heap[least].at) least = right
        if (least === i) return first
        swap(i, least)
        i = least
      }
    },
  }
}
