/**
 * ONNX Runtime with its telemetry off. Its Linux builds keep a store of events under ~/.cache/Microsoft and try
 * to upload it unless this variable is set before the library is loaded, so it must never be imported directly.
 */
process.env.ORT_DISABLE_TELEMETRY = '1'
export const { InferenceSession, Tensor, listSupportedBackends } = await import('onnxruntime-node')

export type { InferenceSession as Session } from 'onnxruntime-node'
