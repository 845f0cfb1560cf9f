'use client'

import { Mic, Square } from 'lucide-react'
import { useFormatter, useTranslations } from 'next-intl'
import { useEffect, useRef, useState } from 'react'
import { clockLength } from '#app/_components/format'
import { Button } from '#app/_components/ui/button.tsx'
import { MicrophoneError, type Recording, record } from './microphone.ts'
import { useLeaveWarning } from './use-leave-warning.ts'

/** The level meter and the clock are drawn so often, in milliseconds. */
const DRAW_EVERY_MS = 100

/** Records the speech with the microphone, as one more way to give a sound file. */
export function RecordSpeech({ onFile }: { onFile: (file: File) => void }) {
  const t = useTranslations('new.record')
  const action = useTranslations('action')
  const format = useFormatter()
  const [recording, setRecording] = useState<Recording | null>(null)
  const [trouble, setTrouble] = useState<MicrophoneError['code'] | null>(null)
  const current = useRef<Recording | null>(null)
  useEffect(() => () => current.current?.discard(), [])
  useLeaveWarning(recording !== null, t('leave'))

  const keep = (next: Recording | null) => {
    current.current = next
    setRecording(next)
  }
  const start = async () => {
    setTrouble(null)
    try {
      keep(await record())
    } catch (error) {
      setTrouble(error instanceof MicrophoneError ? error.code : 'unsupported')
    }
  }
  const finish = async () => {
    const now = format.dateTime(new Date(), { dateStyle: 'medium', timeStyle: 'short' })
    const file = await recording?.finish(`${t('name')} ${now.replaceAll(/[\\/:]/g, '.')}`)
    keep(null)
    if (file) onFile(file)
  }
  const discard = () => {
    recording?.discard()
    keep(null)
  }

  if (recording)
    return (
      <div className="mt-1 flex flex-wrap items-center justify-end gap-x-4 gap-y-2 rounded-md border bg-surface p-3">
        <Level recording={recording} label={t('recording')} />
        <Button look="quiet" onClick={discard}>
          {action('cancel')}
        </Button>
        <Button look="primary" onClick={finish}>
          <Square aria-hidden="true" />
          {t('finish')}
        </Button>
      </div>
    )
  return (
    <div className="grid justify-items-start gap-1">
      <Button look="quiet" size="sm" onClick={start}>
        <Mic aria-hidden="true" />
        {t('start')}
      </Button>
      {trouble && (
        <p role="alert" className="px-2.5 text-sm text-danger">
          {t(trouble)}
        </p>
      )}
    </div>
  )
}

/** How long it has run and how loud it is. */
function Level({ recording, label }: { recording: Recording; label: string }) {
  const [begun] = useState(() => Date.now())
  const [{ elapsedMs, level }, draw] = useState({ elapsedMs: 0, level: 0 })
  useEffect(() => {
    const timer = setInterval(
      () => draw({ elapsedMs: Date.now() - begun, level: recording.level() }),
      DRAW_EVERY_MS,
    )
    return () => clearInterval(timer)
  }, [begun, recording])
  return (
    <div className="flex min-w-48 flex-1 items-center gap-3 max-sm:basis-full">
      <span aria-hidden="true" className="size-2.5 shrink-0 animate-pulse rounded-full bg-danger" />
      <span className="sr-only" role="status">
        {label}
      </span>
      <span className="shrink-0 text-sm tabular-nums">{clockLength(elapsedMs)}</span>
      <span aria-hidden="true" className="h-1.5 min-w-0 flex-1 overflow-hidden rounded-full bg-track">
        <span
          className="block h-full origin-left bg-accent transition-transform duration-100"
          style={{ transform: `scaleX(${Math.sqrt(level)})` }}
        />
      </span>
    </div>
  )
}
