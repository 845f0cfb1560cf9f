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

it('knows the style that the present version of sonner puts into pages', () => {
  const source = readFileSync(createRequire(import.meta.url).resolve('sonner'), 'utf8')
  const literal = /^__insertCSS\((".*")\);?$/m.exec(source)?.[1] ?? '""'
  const hash = createHash('sha256').update(JSON.parse(literal)).digest('base64')
  expect(contentPolicy('abc')).toContain(`'sha256-${hash}'`)
})
