import { ensureInstalled } from './launcher/install.ts'
import { COMMANDS, parseOptions, USAGE } from './launcher/options.ts'
import { createLifecycle, type Lifecycle, onAskedToStop } from './process/lifecycle.ts'
import { Stop } from './process/say.ts'

// What needs the installed packages is imported once they are there.
const [command, ...args] = process.argv.slice(2)
const lifecycle = createLifecycle()
let ending = false
onAskedToStop(() => void end(command === 'demo' && args.includes('--exit') ? 130 : 0))
try {
  const code = await Promise.race([run(command, args, lifecycle), lifecycle.failure])
  await (code === 'stay' ? lifecycle.failure : end(code))
} catch (error) {
  if (!ending) {
    console.error(`\n✗ ${error instanceof Stop ? error.message : ((error as Error)?.stack ?? error)}`)
    await end(1)
  }
}

async function run(
  command: string | undefined,
  args: string[],
  lifecycle: Lifecycle,
): Promise<number | 'stay'> {
  if (!command || !COMMANDS.includes(command) || args.includes('--help')) {
    console.log(USAGE)
    return args.includes('--help') || command === '--help' ? 0 : 2
  }
  const portal = ['demo', 'start', 'dev'].includes(command) ? parseOptions(command, args) : undefined
  await ensureInstalled(lifecycle)
  if (lifecycle.stopping) return 'stay'
  if (portal) {
    const { demo, dev, start } = await import('./commands/commands.ts')
    return { demo, dev, start }[command as 'demo' | 'dev' | 'start'](portal, lifecycle)
  }
  if (command === 'test') return (await import('./commands/test.ts')).test(args, lifecycle)
  if (command === 'validate') return (await import('./commands/validate.ts')).validate(args, lifecycle)
  return (await import('./process/foreground.ts')).runNode(
    [`bin/commands/${command}.ts`, ...args],
    process.env,
  )
}

async function end(code: number): Promise<void> {
  if (ending) return
  ending = true
  await lifecycle.stop()
  process.exit(code)
}
