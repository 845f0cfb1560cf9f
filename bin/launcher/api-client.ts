import { createReadStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import { Upload } from 'tus-js-client'

const ASSET_ID_HEADER = 'Greenroom-Asset-Id'

/** The portal's HTTP interface as a script uses it: signed in, with cookies kept between calls. */
export type ApiClient = {
  get: <T>(path: string) => Promise<T>
  post: <T>(path: string, body: unknown) => Promise<T>
  patch: <T>(path: string, body: unknown) => Promise<T>
  /** Uploads a file by tus and returns the id of the asset it became. */
  upload: (file: string, kind: 'speech' | 'presenter') => Promise<string>
}

/** What the portal answered when it did not do what it was asked. */
export class Refused extends Error {
  readonly status: number
  constructor(path: string, status: number, text: string) {
    super(`${path} answered ${status}: ${text.slice(0, 500)}`)
    this.status = status
  }
}

/** Signs in with e-mail and password. */
export async function signIn(baseUrl: string, email: string, password: string): Promise<ApiClient> {
  const cookies = new Map<string, string>()
  const call = (path: string, init: RequestInit = {}) => callWithCookies(baseUrl, cookies, path, init)
  const { csrfToken } = (await (await call('/api/auth/csrf')).json()) as { csrfToken: string }
  const form = new URLSearchParams({ csrfToken, email, password, json: 'true' })
  await call('/api/auth/callback/credentials', { method: 'POST', body: form, redirect: 'manual' })
  if (![...cookies.keys()].some((name) => name.endsWith('session-token'))) {
    throw new Error(`Could not sign in as ${email}.`)
  }
  const json = async <T>(path: string, init?: RequestInit) =>
    (await readJson(await call(path, init), path)) as T
  const send = <T>(method: string, path: string, body: unknown) =>
    json<T>(path, {
      ...{ method, body: JSON.stringify(body) },
      headers: { 'content-type': 'application/json' },
    })
  return {
    get: (path) => json(path),
    post: (path, body) => send('POST', path, body),
    patch: (path, body) => send('PATCH', path, body),
    upload: (file, kind) => uploadFile(baseUrl, cookies, file, kind),
  }
}

async function callWithCookies(
  baseUrl: string,
  cookies: Map<string, string>,
  path: string,
  init: RequestInit,
): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('cookie', cookieHeader(cookies))
  const response = await fetch(`${baseUrl}${path}`, { ...init, headers })
  for (const line of response.headers.getSetCookie()) {
    const [pair] = line.split(';')
    const at = pair.indexOf('=')
    cookies.set(pair.slice(0, at), pair.slice(at + 1))
  }
  return response
}

const cookieHeader = (cookies: Map<string, string>) =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')

async function readJson(response: Response, path: string): Promise<unknown> {
  const text = await response.text()
  if (!response.ok) throw new Refused(path, response.status, text)
  return JSON.parse(text)
}

function uploadFile(
  baseUrl: string,
  cookies: Map<string, string>,
  file: string,
  kind: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let assetId: string | undefined
    const upload = new Upload(createReadStream(file), {
      endpoint: `${baseUrl}/api/v1/uploads`,
      uploadSize: statSync(file).size,
      chunkSize: 8 * 1024 * 1024,
      metadata: { filename: basename(file), kind },
      headers: { cookie: cookieHeader(cookies) },
      retryDelays: [500, 2000, 5000],
      onAfterResponse: (_request, response) => {
        assetId = response.getHeader(ASSET_ID_HEADER) ?? assetId
      },
      onError: reject,
      onSuccess: () =>
        assetId ? resolve(assetId) : reject(new Error(`The portal gave no id for ${basename(file)}.`)),
    })
    upload.start()
  })
}
