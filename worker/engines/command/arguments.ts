/** What the placeholders of COMMAND_ENGINE stand for. */
export interface Placeholders {
  /** The speech: 16-bit mono wav at 16 kHz. */
  audio: string
  /** The presenter video: H.264 mp4. */
  video: string
  /** Path of the result that the program writes, an mp4. */
  output: string
  /** A folder for its own files; removed after the render. */
  scratch: string
  /** Counts from 1. After it ran out of memory a program should ask for less. */
  attempt: number
}

/** Fills an argv template. Each argument stays one argument, whatever the values hold: no shell reads them. */
export function fillArguments(template: readonly string[], values: Placeholders): string[] {
  const filled = values as unknown as Record<string, string | number>
  return template.map((arg) =>
    arg.replaceAll(/\{(\w+)\}/g, (whole, name: string) => (name in filled ? String(filled[name]) : whole)),
  )
}

/** Variables that a program of somebody else has no business to see, and those that are meant for our Node. */
const OURS =
  /^(TEST_)?DATABASE_(OWNER_|PORTAL_)?URL$|^(NEXTAUTH|AUTH|SMTP|OIDC|npm)_|^PG[A-Z]+$|^NODE_OPTIONS$|_(SECRET|PASSWORD)$/

/** The environment of a program: this process's without the portal's secrets, and only the slot's own GPU visible. */
export function programEnvironment(env: NodeJS.ProcessEnv, gpu: number | null): NodeJS.ProcessEnv {
  const kept = { ...env }
  for (const name of Object.keys(kept)) if (OURS.test(name)) delete kept[name]
  if (gpu !== null) kept.CUDA_VISIBLE_DEVICES = String(gpu)
  return kept
}
