import { access, constants, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { notReady, READY, type Readiness } from '#worker/engine-contract/readiness'
import type { CommandSettings } from '#worker/engine-contract/settings'

/** Whether the program of COMMAND_ENGINE is there and may be run. */
export async function checkCommand({ argv, cwd }: CommandSettings): Promise<Readiness> {
  if (!argv) {
    return notReady(
      'command_not_set',
      'No program is set. Put one into COMMAND_ENGINE (docs/engines.md has recipes).',
    )
  }
  if (cwd !== null && !(await isFolder(cwd))) {
    return notReady('command_not_found', `COMMAND_CWD names "${cwd}", which is not a folder.`, {
      program: cwd,
    })
  }
  const [program] = argv
  const places = /[/\\]/.test(program)
    ? [isAbsolute(program) ? program : join(cwd ?? process.cwd(), program)]
    : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program))
  for (const place of places) if (await isExecutable(place)) return READY
  const reason = `The program "${program}" of COMMAND_ENGINE is not found, or may not be run by this user.`
  return notReady('command_not_found', reason, { program })
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    async () => (await stat(path)).isFile(),
    () => false,
  )
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  )
}
