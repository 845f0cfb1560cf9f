/** What browsers can record, the best first: Opus in WebM, or AAC in MP4 where that is all there is. */
const TYPES = [
  { type: 'audio/webm;codecs=opus', ending: 'webm' },
  { type: 'audio/mp4', ending: 'm4a' },
]
const BITS_PER_SECOND = 128_000

export interface Recording {
  /** How loud it is right now, 0 to 1: the highest sample of the last moment. */
  level: () => number
  /** Ends the recording and gives it as a file. */
  finish: (name: string) => Promise<File>
  /** Ends it and forgets it. */
  discard: () => void
}

/** Why a microphone can't be had; its code is a key of `new.record` in the catalogues. */
export class MicrophoneError extends Error {
  readonly code: 'insecure' | 'denied' | 'missing' | 'unsupported'

  constructor(code: MicrophoneError['code'], cause?: unknown) {
    super(`no microphone: ${code}`, { cause })
    this.code = code
  }
}

/** Asks for the microphone and begins to record. Throws a MicrophoneError. */
export async function record(): Promise<Recording> {
  const kind = TYPES.find(
    ({ type }) => typeof MediaRecorder !== 'undefined' && MediaRecorder.isTypeSupported(type),
  )
  if (!window.isSecureContext) throw new MicrophoneError('insecure')
  if (!kind) throw new MicrophoneError('unsupported')
  const stream = await navigator.mediaDevices
    .getUserMedia({ audio: { channelCount: 1, echoCancellation: false } })
    .catch((error: DOMException) => {
      throw new MicrophoneError(error.name === 'NotAllowedError' ? 'denied' : 'missing', error)
    })
  const recorder = new MediaRecorder(stream, { mimeType: kind.type, audioBitsPerSecond: BITS_PER_SECOND })
  const pieces: Blob[] = []
  recorder.ondataavailable = ({ data }) => pieces.push(data)
  const meter = meterOf(stream)
  const ended = new Promise<void>((resolve) => {
    recorder.onstop = () => resolve()
  })
  const end = () => {
    if (recorder.state !== 'inactive') recorder.stop()
    for (const track of stream.getTracks()) track.stop()
    void meter.close()
  }
  recorder.start(1000)
  return {
    level: meter.level,
    async finish(name) {
      end()
      await ended
      return new File(pieces, `${name}.${kind.ending}`, { type: kind.type.split(';')[0] })
    },
    discard: end,
  }
}

function meterOf(stream: MediaStream): { level: () => number; close: () => Promise<void> } {
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  context.createMediaStreamSource(stream).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  return {
    level() {
      analyser.getFloatTimeDomainData(samples)
      return Math.min(
        1,
        samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0),
      )
    },
    close: () => context.close(),
  }
}
