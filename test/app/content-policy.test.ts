import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { contentPolicy } from '#app/_server/content-policy'

it('lets scripts run by nonce alone', () => {
  const policy = contentPolicy('abc')
  expect(policy).toContain("script-src 'nonce-abc' 'strict-dynamic';")
  expect(policy).toContain("default-src 'none';")
  expect(policy.replace("style-src-attr 'unsafe-inline'", '')).not.toContain('unsafe')
})

const hashOf = (style: string) => `'sha256-${createHash('sha256').update(style).digest('base64')}'`
const sourceOf = (name: string) => readFileSync(createRequire(import.meta.url).resolve(name), 'utf8')

it('knows the styles that the present versions of libraries put into pages', () => {
  const sonner = /^__insertCSS\((".*")\);?$/m.exec(sourceOf('sonner'))?.[1] ?? '""'
  expect(contentPolicy('abc')).toContain(hashOf(JSON.parse(sonner)))
  const wavesurfer = /<style\$\{.*?:""\}>(.*?)<\/style>/.exec(sourceOf('wavesurfer.js'))?.[1] ?? ''
  const style = wavesurfer.replaceAll('\\n', '\n').replace(/\$\{this\.getHeight\([^}]*\}/, '40')
  expect(contentPolicy('abc')).toContain(hashOf(style))
})
