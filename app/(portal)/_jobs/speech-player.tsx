import { useTranslations } from 'next-intl'
import { bareName } from '#app/_components/format'
import { Waveform } from '#app/_components/media/waveform.tsx'
import { mediaOf } from '#app/_jobs/show-state'

/** The speech of a batch: its name over its waveform. */
export function SpeechPlayer({
  speech,
}: {
  speech: { id: string; name: string; durationMs: number; peaks: number[] }
}) {
  const t = useTranslations('new')
  const name = bareName(speech.name)
  return (
    <div className="grid min-w-0 gap-1">
      <p className="truncate text-sm text-muted" title={speech.name}>
        {t('speech')} · {name}
      </p>
      <Waveform
        src={mediaOf.asset(speech.id)}
        peaks={speech.peaks}
        durationMs={speech.durationMs}
        labels={{ play: t('playSpeech'), pause: t('pauseSpeech'), waveform: t('waveform', { name }) }}
      />
    </div>
  )
}
