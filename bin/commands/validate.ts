import { join } from 'node:path'
import { runNode } from '#bin/process/foreground'
import type { Lifecycle } from '#bin/process/lifecycle'
import { ROOT } from '#bin/process/paths'
import { say } from '#bin/process/say'
import { audit } from './audit.ts'
import { test } from './test.ts'

const tool = (path: string) => join(ROOT, 'node_modules', path)

const CHECKS: [name: string, command: string[]][] = [
  ['lint', [tool('@biomejs/biome/bin/biome'), 'lint', '--error-on-warnings', '.']],
  ['format', [tool('@biomejs/biome/bin/biome'), 'format', '.']],
  // Pages use types of their routes, which Next writes.
  ['types of routes', [tool('next/dist/bin/next'), 'typegen']],
  ['types', [tool('typescript/bin/tsc'), '--noEmit', '-p', '.']],
  [
    'import arrows',
    [
      tool('dependency-cruiser/bin/dependency-cruiser.mjs'),
      '--config',
      '.dependency-cruiser.mjs',
      'app',
      'core',
      'worker',
      'bin',
      'tools',
    ],
  ],
  ['unused code', [tool('knip/bin/knip.js'), '--no-progress']],
]

/** Every check of the code, all of them even when one fails; the tests last. `--no-tests` leaves those out. */
export async function validate(args: string[], lifecycle: Lifecycle): Promise<number> {
  const failed: string[] = []
  for (const [name, command] of CHECKS) {
    say(`\n— ${name}`)
    if ((await runNode(command, process.env)) !== 0) failed.push(name)
    if (lifecycle.stopping) return 1
  }
  say('\n— vulnerable packages')
  if (!(await audit())) failed.push('vulnerable packages')
  if (!args.includes('--no-tests')) {
    say('\n— tests')
    if ((await test([], lifecycle)) !== 0) failed.push('tests')
  }
  say(failed.length ? `\n✗ Failed: ${failed.join(', ')}` : '\n✓ Everything passed.')
  return failed.length ? 1 : 0
}
