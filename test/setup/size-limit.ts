import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '#bin/process/free-port'

const NGINX = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/opt/homebrew/bin/nginx'].find(existsSync)
const MIB = 2 ** 20

export type SizeLimit = { origin: string; close: () => Promise<void> }

/** nginx's server block with nothing in it but where the portal is. */
const DEFAULT = 'location / { proxy_pass http://127.0.0.1:3000; proxy_set_header Host $http_host; }'

/**
 * A proxy before `origin` with a limit of a request's size, 1 MB unless its `recipe`, the directives of nginx's server
 * block, sets another: nginx itself where it is installed, else one of Node's that refuses the same requests.
 */
export async function startSizeLimit(origin: string, recipe = DEFAULT): Promise<SizeLimit> {
  const port = await freePort()
  const server = recipe.replace('http://127.0.0.1:3000', origin)
  const limit = Number(/client_max_body_size (\d+)m/.exec(recipe)?.[1] ?? 1) * MIB
  return NGINX ? startNginx(NGINX, port, server) : startStandIn(origin, port, limit)
}

async function startNginx(nginx: string, port: number, server: string): Promise<SizeLimit> {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-nginx-'))
  const config = join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  writeFileSync(
    config,
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
    events {}
    http {
      access_log off;
      ${temporary.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n')}
      server {
        listen 127.0.0.1:${port};
        ${server}
      }
    }`,
  )
  const running = spawn(nginx, ['-e', join(folder, 'error.log'), '-c', config], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()))
  const proxy = {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      running.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true })
    },
  }
  await untilAnswers(proxy.origin)
  return proxy
}

async function startStandIn(origin: string, port: number, maxBytes: number): Promise<SizeLimit> {
  const server = http.createServer((request, response) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
      response.writeHead(413, { connection: 'close' }).end('<h1>413 Request Entity Too Large</h1>')
      return
    }
    const { method, headers } = request
    const onward = http.request(origin + request.url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function untilAnswers(origin: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const answers = await fetch(`${origin}/api/health/live`).then(
      () => true,
      () => false,
    )
    if (answers) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('nginx does not answer.')
}
