import { createHash } from 'node:crypto'
import { inspectUpload } from '#core/asset/intake'
import { uploadLimits } from '#core/asset/limits'
import { createUploadServer } from '#core/asset/uploads'
import { measureWaveform } from '#core/media/waveform'
import { prepareDataDir } from '#core/storage/layout'

// Run by memory.media.test.ts in a process of its own: sends one WAV of 300 MB in a single PATCH, and prints
// how far memory grew meanwhile and whether the hash was right.
const PATH = '/uploads'
const BYTES = 300 * 2 ** 20
const PIECE = 64 * 1024

const dataDir = process.argv[2]
await prepareDataDir(dataDir)
const limits = uploadLimits({} as NodeJS.ProcessEnv)
let received = ''
const server = createUploadServer({
  dataDir,
  path: PATH,
  limits,
  identify: async () => ({ userId: 'somebody' }),
  onReceived: async ({ path, kind, sha256 }) => {
    const { probe } = await inspectUpload(path, kind, limits)
    await measureWaveform(path, probe)
    received = sha256
    return { assetId: 'an-asset' }
  },
})

const headers = { 'Tus-Resumable': '1.0.0' }
const kind = Buffer.from('speech').toString('base64')
const creation = { ...headers, 'Upload-Length': String(BYTES), 'Upload-Metadata': `kind ${kind}` }
const created = await server.handleWeb(new Request(`http://x${PATH}`, { method: 'POST', headers: creation }))

const before = process.memoryUsage().rss
let peak = before
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss)
}, 10)
const startedAt = performance.now()
const hash = createHash('sha256')
const body = { ...headers, 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' }
const init = { method: 'PATCH', headers: body, body: wave(hash), duplex: 'half' }
const response = await server.handleWeb(
  new Request(`http://x${created.headers.get('location')}`, init as RequestInit),
)
clearInterval(watch)

console.log(
  JSON.stringify({
    status: response.status,
    hashRight: received === hash.digest('hex'),
    grownMiB: (peak - before) / 2 ** 20,
    seconds: (performance.now() - startedAt) / 1000,
  }),
)

/** Stereo noise at 96 kHz and 16 bit, made while it is read. */
function wave(hash: ReturnType<typeof createHash>): ReadableStream {
  const noise = Buffer.alloc(PIECE, 'all work and no play ')
  let sent = 0
  return new ReadableStream({
    pull(controller) {
      const piece = Buffer.from(noise.subarray(0, Math.min(PIECE, BYTES - sent)))
      if (sent === 0) waveHeader().copy(piece)
      hash.update(piece)
      sent += piece.length
      controller.enqueue(piece)
      if (sent === BYTES) controller.close()
    },
  })
}

function waveHeader(): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(BYTES - 8, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(2, 22)
  header.writeUInt32LE(96_000, 24)
  header.writeUInt32LE(96_000 * 4, 28)
  header.writeUInt16LE(4, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(BYTES - 44, 40)
  return header
}
