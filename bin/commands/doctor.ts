/**
 * Says what keeps hostile media in its box on this machine, and what to do about what is missing:
 * `npm run doctor [-- --json]`. Exits non-zero where ffmpeg itself can't be run.
 */
import { mediaToolchain } from '#core/media/binaries'
import { type BoxMeasure, boxReport, MEASURE_WORDS, REMEDY_WORDS } from '#core/media/box-report'

async function main(args: string[]): Promise<number> {
  if (args.some((arg) => arg !== '--json')) {
    console.error('Usage: npm run doctor [-- --json]')
    return 2
  }
  try {
    const [media, measures] = await Promise.all([mediaToolchain(), boxReport()])
    if (args.includes('--json')) console.log(JSON.stringify({ media, box: measures.map(explained) }))
    else console.log(tableOf(measures, `${media.ffmpeg.path} (${media.ffmpeg.version})`))
    return 0
  } catch (error) {
    console.error(`✗ ${(error as Error).message}`)
    return 1
  }
}

const explained = (measure: BoxMeasure) => ({
  ...measure,
  what: MEASURE_WORDS[measure.name],
  whatToDo: measure.remedy && REMEDY_WORDS[measure.remedy],
})

function tableOf(measures: readonly BoxMeasure[], ffmpeg: string): string {
  const missing = measures.filter(({ inForce }) => !inForce)
  const lines = measures.map(({ name, inForce, by }) =>
    inForce ? `✓ ${MEASURE_WORDS[name]} (${by})` : `✗ ${MEASURE_WORDS[name]}`,
  )
  const remedies = [...new Set(missing.map(({ remedy }) => remedy))].flatMap((remedy) => remedy ?? [])
  const todo = remedies.map((remedy) => {
    const brings = missing.filter((each) => each.remedy === remedy).map(({ name }) => MEASURE_WORDS[name])
    return `  - ${REMEDY_WORDS[remedy]}\n    brings: ${brings.join(', ')}`
  })
  const end = todo.length > 0 ? ['', 'What to do:', ...todo] : ['', 'Nothing is missing.']
  return [`Every ${ffmpeg} of uploads and renders runs with:`, ...lines, ...end].join('\n')
}

// Last, so that every constant above exists by now.
process.exitCode = await main(process.argv.slice(2))
