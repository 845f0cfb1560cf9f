import { EngineError } from './engine.ts'

/** What CUDA, cuBLAS, cuDNN, onnxruntime, PyTorch, DirectML, malloc and Linux say when memory is used up. */
const SAYINGS = [
  /out of memory/i,
  /OutOfMemory/,
  /(cublas|cudnn|cufft)_status_alloc_failed/i,
  /failed to allocate (memory|\d)/i,
  /available memory of \d+ is smaller than requested/i,
  /bad_alloc/,
  /cannot allocate memory/i,
  /DefaultCPUAllocator: can't allocate/i,
]

/** Whether an error or a program's output says that memory, of the machine or of a GPU, is used up. */
export function isOutOfMemory(error: unknown): boolean {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return SAYINGS.some((saying) => saying.test(text))
}

/**
 * The error of a render that ran out of memory. The first time it is worth another attempt, which asks for half
 * as much; the second time it is final.
 */
export function outOfMemory(
  attempt: number,
  { cause, restart = false, ...params }: { cause?: unknown; restart?: boolean; batch?: number } = {},
): EngineError {
  const first = attempt < 2
  const message = first
    ? 'The slot ran out of memory. It tries once more with half as much at a time.'
    : 'The slot ran out of memory again, with half as much at a time. Use a smaller export of this video, or another engine.'
  return new EngineError('out_of_memory', message, { params, transient: first, restart, cause })
}
