'use client'

import { useTranslations } from 'next-intl'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { Clock } from '#app/_components/time/clock.tsx'
import { Button } from '#app/_components/ui/button.tsx'

interface Session {
  id: string
  address: string
  browser?: string
  system?: string
  lastSeenAt: Date
  current: boolean
}

/** Where one is signed in; each place but this one can be signed out from here. */
export function SessionList({ sessions }: { sessions: Session[] }) {
  const t = useTranslations('profile')
  const { run, pending } = useAction()
  const nameOf = ({ browser, system }: Session) => {
    if (browser && system) return t('browserOn', { browser, system })
    return browser ?? system ?? t('script')
  }
  return (
    <div className="grid gap-3">
      <ul className="divide-y rounded-md border bg-surface">
        {sessions.map((session) => (
          <li key={session.id} className="flex min-h-14 items-center justify-between gap-4 px-4 py-2">
            <div className="min-w-0">
              <p className="truncate font-medium">
                {nameOf(session)}
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
                aria-label={`${t('revoke')}: ${nameOf(session)}, ${session.address}`}
                onClick={() => run(() => call('DELETE', `profile/sessions/${session.id}`), t('revokedToast'))}
              >
                {t('revoke')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {sessions.length > 1 && (
        <div>
          <Button
            disabled={pending}
            onClick={() => run(() => call('DELETE', 'profile/sessions'), t('revokedAllToast'))}
          >
            {t('revokeAll')}
          </Button>
        </div>
      )}
    </div>
  )
}
