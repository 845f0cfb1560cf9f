import { access, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/** What goes wrong at a server, each as often as the number says. */
export interface Mischief {
  /** Submits answered with "busy". */
  busy: number
  /** Submits that are accepted, whose answer gets lost. */
  loseSubmitAnswer: number
  /** Answers that say a job has ended, that get lost; the record is gone all the same. */
  loseLastAnswer: number
  /** Restarts in the middle of a job: it is forgotten, and what was written is a torso. */
  restart: number
  /** Answers with a system error while a job runs. */
  systemError: number
  /** The job stays at 20 % for ever. */
  hang: boolean
  /** The job fails with this message. */
  failWith: string | null
  /** Says that it is done, but its result is nowhere. */
  noResult: boolean
  /** The video that every job results in. */
  result: string
}

export interface HeygemTestServer {
  url: string
  /** Everything it was asked, in order: submit, query, and what it answered. */
  log: string[]
  mischief: Mischief
  close(): Promise<void>
  /** Stops listening, and starts again on the same port with everything forgotten. */
  goAway(): Promise<void>
  comeBack(): Promise<void>
}

interface Job {
  code: string
  queries: number
}

const PEACE: Omit<Mischief, 'result'> = {
  ...{ busy: 0, loseSubmitAnswer: 0, loseLastAnswer: 0, restart: 0, systemError: 0 },
  ...{ hang: false, failWith: null, noResult: false },
}

/**
 * A server that behaves as HeyGem / Duix.Avatar servers are documented to: one job at a time and no queue, "busy"
 * with success: true, records deleted at the first read after the end, everything forgotten in a restart, progress
 * 5, 20, done. Files go through `share`, which it calls /code/data.
 */
export async function startHeygemServer(share: string, result: string): Promise<HeygemTestServer> {
  const log: string[] = []
  const mischief = { ...PEACE, result }
  const jobs = new Map<string, Job>()
  const here = (path: string) => path.replace(/^\/code\/data/, share)
  const take = (count: 'busy' | 'loseSubmitAnswer' | 'loseLastAnswer' | 'restart' | 'systemError') =>
    mischief[count] > 0 && mischief[count]-- > 0

  const submit = async (request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.parse(await textOf(request)) as { audio_url: string; video_url: string; code: string }
    const say = answering(response, log, 'submit')
    if (take('busy') || jobs.size > 0) return say({ code: 10001, success: true, msg: '忙碌中', data: {} })
    for (const path of [body.audio_url, body.video_url]) {
      if (!path.startsWith('/code/data/')) return say({ code: 10002, success: false, msg: '参数异常' })
      await access(here(path))
    }
    jobs.set(body.code, { code: body.code, queries: 0 })
    if (take('loseSubmitAnswer')) return lose(response, log, 'submit')
    say({ code: 10000, success: true, msg: '', data: {} })
  }

  const query = async (code: string, response: ServerResponse) => {
    const say = answering(response, log, 'query')
    const job = jobs.get(code)
    if (!job) return say({ code: 10004, success: true, msg: '任务不存在', data: {} })
    job.queries++
    if (job.queries === 2 && take('restart')) {
      jobs.clear()
      await mkdir(join(share, 'temp'), { recursive: true })
      await writeFile(
        join(share, 'temp', `${code}-r.mp4`),
        Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp41 cut short'),
      )
      return lose(response, log, 'query')
    }
    if (take('systemError')) return say({ code: 9999, success: false, msg: '系统异常' })
    const running = (progress: number, msg: string) =>
      say({ code: 10000, success: true, msg: '', data: { code, status: 1, progress, result: '', msg } })
    if (job.queries === 1) return running(5, '文件下载完成')
    if (job.queries === 2 || mischief.hang) return running(20, '视频特征提取完成')
    jobs.delete(code)
    const data = mischief.failWith
      ? { code, status: 3, progress: 20, result: '', msg: mischief.failWith }
      : { code, status: 2, progress: 100, result: `/${code}-r.mp4`, msg: '任务完成' }
    if (!mischief.failWith && !mischief.noResult) {
      await mkdir(join(share, 'temp'), { recursive: true })
      await copyFile(mischief.result, join(share, 'temp', `${code}-r.mp4`))
    }
    if (take('loseLastAnswer')) return lose(response, log, 'query')
    say({ code: 10000, success: true, msg: '', data })
  }

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://server')
    if (url.pathname === '/easy/submit' && request.method === 'POST') return submit(request, response)
    if (url.pathname === '/easy/query') return query(url.searchParams.get('code') ?? '', response)
    response.writeHead(404).end('<h1>Not Found</h1>')
  }
  const server = createServer((request, response) => {
    handle(request, response).catch((error: Error) => {
      log.push(`error ${error.message}`)
      response.writeHead(500).end(JSON.stringify({ code: 9999, success: false, msg: error.message }))
    })
  })
  await listen(server, 0)
  const { port } = server.address() as AddressInfo
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return {
    ...{ url: `http://127.0.0.1:${port}`, log, mischief, close: stop },
    async goAway() {
      await stop()
      jobs.clear()
    },
    comeBack: () => listen(server, port),
  }
}

const listen = (server: Server, port: number) =>
  new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))

interface Reply {
  code: number
  success: boolean
  msg: string
  data?: { code?: string; status?: number; progress?: number; result?: string; msg?: string }
}

function answering(response: ServerResponse, log: string[], name: string) {
  return (body: Reply) => {
    log.push(`${name} ${body.code}${body.data?.status ? ` status ${body.data.status}` : ''}`)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
}

function lose(response: ServerResponse, log: string[], name: string): void {
  log.push(`${name} lost`)
  response.socket?.destroy()
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
