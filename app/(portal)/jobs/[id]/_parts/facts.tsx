import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { bareName, clockLength, fileSize } from '#app/_components/format'
import { useOptionWords } from '#app/(portal)/_jobs/options-list.tsx'
import { type EngineName, optionsOf, supportsOption } from '#core/engine/options'
import type { JobView } from '#core/render-job/data'

/** The numbers of a job and its result. */
export function Facts({ job }: { job: JobView }) {
  const t = useTranslations('job')
  const engines = useTranslations('options.engines')
  const { speech } = job.batch
  const engine = job.engine as EngineName
  const options = useOptionWords()(optionsOf(job.batch.options)).filter(
    ({ key }) => key !== 'engine' && supportsOption(engine, key),
  )
  const took = job.startedAt && job.finishedAt && job.finishedAt.getTime() - job.startedAt.getTime()
  const done = job.state === 'succeeded'
  const [width, height] = done
    ? [job.resultWidth, job.resultHeight]
    : [job.presenter.width, job.presenter.height]
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 border-t pt-4 text-sm">
      <Fact name={t('speech')}>
        {clockLength(speech.durationMs)} · {bareName(speech.name)}
      </Fact>
      {width && (
        <Fact name={t('picture')}>
          {width} × {height}
        </Fact>
      )}
      {done && job.resultDurationMs !== null && (
        <Fact name={t('length')}>{clockLength(job.resultDurationMs)}</Fact>
      )}
      {done && job.resultBytes !== null && <Fact name={t('size')}>{fileSize(job.resultBytes)}</Fact>}
      {done && took !== null && <Fact name={t('rendered')}>{clockLength(took)}</Fact>}
      <Fact name={t('engine')}>{engines.has(engine) ? engines(engine) : engine}</Fact>
      {options.map(({ name, value }) => (
        <Fact key={name} name={name}>
          {value}
        </Fact>
      ))}
    </dl>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="truncate">{children}</dd>
    </>
  )
}
