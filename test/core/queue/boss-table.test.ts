import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ROOT } from '#bin/process/paths'

it("only boss-table.ts speaks SQL to pg-boss's tables", () => {
  const files = globSync('{app,bin,core,worker}/**/*.{ts,tsx}', { cwd: ROOT })
  expect(files.length).toBeGreaterThan(300)
  const naming = files.filter((file) => /\bpgboss"?\./.test(readFileSync(`${ROOT}/${file}`, 'utf8')))
  expect(naming).toEqual(['core/queue/boss-table.ts'])
})
