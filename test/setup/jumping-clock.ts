/*
 * Imported into a process before anything else: its clock, and nothing else, jumps by CLOCK_JUMP_MS at each SIGUSR2.
 */
const RealDate = Date
let offset = 0

process.on('SIGUSR2', () => {
  offset += Number(process.env.CLOCK_JUMP_MS)
})

globalThis.Date = class extends RealDate {
  constructor(...args: [] | [number | string]) {
    if (args.length === 0) super(RealDate.now() + offset)
    else super(...(args as [number]))
  }
  static override now = () => RealDate.now() + offset
} as DateConstructor
