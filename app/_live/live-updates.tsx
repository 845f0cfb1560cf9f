'use client'

import { useTranslations } from 'next-intl'
import { useEffect, useState } from 'react'
import type { PageEvent } from '#app/_events/page-event'
import { assertNever } from '#core/errors'
import { signalAsset } from './asset-signal.ts'
import { isPageKept } from './keep-page.ts'
import { signalLog } from './log-signal.ts'
import { deviceKey } from './progress-keys.ts'
import { markStale, putProgress } from './progress-store.ts'
import { signalSessionResume } from './session-resume.ts'
import { openStream, type StreamStatus } from './stream.ts'
import { useRefresh } from './use-refresh.ts'

/** A gap shorter than this is not worth telling. */
const QUIET_FOR = 2000

/** Keeps the page true while it is open: one connection per tab, no polling. Says quietly when it is lost. */
export function LiveUpdates() {
  const refresh = useRefresh()
  const [status, setStatus] = useState<StreamStatus>('open')

  useEffect(() => {
    let quiet: ReturnType<typeof setTimeout> | undefined
    const onStatus = (next: StreamStatus) => {
      // Every failed attempt says 'lost' again; the first one counts.
      if (next === 'lost') {
        quiet ??= setTimeout(() => setStatus((now) => (now === 'ended' ? now : 'lost')), QUIET_FOR)
        return
      }
      clearTimeout(quiet)
      quiet = undefined
      if (next === 'ended' && !isPageKept()) return toSignIn()
      setStatus(next)
      if (next === 'open') signalSessionResume()
    }
    const onFresh = () => {
      markStale()
      signalLog()
      signalAsset()
      refresh()
    }
    const stop = openStream({ onStatus, onFresh, onEvent: (event) => take(event, refresh) })
    return () => {
      clearTimeout(quiet)
      stop()
    }
  }, [refresh])

  return <StatusLine status={status} />
}

/** An event that this page does not know, from a newer server, throws: the browser reports it and the stream goes on. */
function take(event: PageEvent, refresh: () => void): void {
  switch (event.kind) {
    case 'progress':
      putProgress(event.jobId, event)
      break
    case 'teamProgress':
      putProgress(deviceKey(event.device), { ...event, framesDone: 0, frames: null })
      break
    case 'log':
      signalLog(event.jobId)
      break
    case 'asset':
      signalAsset(event.assetId)
      break
    case 'changed':
      markStale(event.jobId)
      refresh()
      break
    case 'control':
    case 'user':
      refresh()
      break
    default:
      assertNever(event)
  }
}

function toSignIn(): void {
  const here = location.pathname + location.search
  location.assign(here === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}`)
}

function StatusLine({ status }: { status: StreamStatus }) {
  const t = useTranslations('app')
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-20 z-30 flex justify-center px-4 md:bottom-4"
    >
      {status !== 'open' && (
        <p className="pointer-events-auto flex animate-appear flex-wrap items-center gap-x-2 rounded-md border border-line bg-raised px-3 py-1.5 text-sm text-muted shadow-float">
          {status === 'lost' ? t('reconnecting') : t('sessionEnded')}
          {status === 'ended' && (
            <a href="/sign-in" target="_blank" rel="noreferrer" className="font-medium text-accent underline">
              {t('signInAgain')}
            </a>
          )}
        </p>
      )}
    </div>
  )
}
