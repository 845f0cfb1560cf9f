'use client'

import { useTranslations } from 'next-intl'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { Clock } from '#app/_components/time/clock.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { browserOf } from './browser-of.ts'

export interface ShownSession {
  id: string
  address: string
  /** The User-Agent. */
  browser: string
  lastSeenAt: Date
  /** The one that looks at the list. */
  current?: boolean
}

/** Where somebody is signed in; each place but the one that looks can be signed out from here, through the API at `path`. */
export function SessionList({
  sessions,
  path,
  onChange,
}: {
  sessions: ShownSession[]
  path: string
  /** Where the page's own data does not hold the list. */
  onChange?: () => Promise<void>
}) {
  const t = useTranslations('profile')
  const { run, pending } = useAction()
  const nameOf = (userAgent: string) => {
    const { browser, system } = browserOf(userAgent)
    if (browser && system) return t('browserOn', { browser, system })
    return browser ?? system ?? t('script')
  }
  const end = (which: string, said: string) =>
    run(async () => {
      await call('DELETE', which)
      await onChange?.()
    }, said)
  const others = sessions.filter(({ current }) => !current)
  return (
    <div className="grid gap-3">
      <ul className="divide-y rounded-md border bg-surface">
        {sessions.map((session) => (
          <li key={session.id} className="flex min-h-14 items-center justify-between gap-4 px-4 py-2">
            <div className="min-w-0">
              <p className="truncate font-medium">
                {nameOf(session.browser)}
                {session.current && <span className="font-normal text-muted"> ({t('here')})</span>}
              </p>
              <p className="text-sm text-muted">
                {session.address} · <Clock at={session.lastSeenAt} only="relative" />
              </p>
            </div>
            {!session.current && (
              <Button
                size="sm"
                disabled={pending}
                aria-label={`${t('revoke')}: ${nameOf(session.browser)}, ${session.address}`}
                onClick={() => end(`${path}/${session.id}`, t('revokedToast'))}
              >
                {t('revoke')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {others.length > 0 && sessions.length > 1 && (
        <div>
          <Button disabled={pending} onClick={() => end(path, t('revokedAllToast'))}>
            {t(others.length < sessions.length ? 'revokeAll' : 'revokeEverywhere')}
          </Button>
        </div>
      )}
    </div>
  )
}
