import { createMouthEngine } from '#worker/engines/mouth/mouth'

// One render in a process of its own, so that a test can kill it. Its input comes as JSON; it prints where it is.
const input = JSON.parse(process.argv[2])
const engine = createMouthEngine()
await engine.load('cpu')
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const result = await engine.render(input, {
  signal: new AbortController().signal,
  onProgress: ({ stage, framesDone }) => {
    if (stage === 'render') say(`frame ${framesDone}`)
  },
  onResumed: (frame) => say(`resumed ${frame}`),
})
say(`done ${result.frames}`)
await engine.close()
