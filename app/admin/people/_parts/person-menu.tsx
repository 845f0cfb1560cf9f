'use client'

import { Ellipsis, Gauge, KeyRound, MonitorSmartphone, ShieldOff, Trash2 } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { call } from '#app/_components/api/call'
import { create } from '#app/_components/api/create'
import { useAction } from '#app/_components/api/use-action'
import { Clock } from '#app/_components/time/clock.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Confirm } from '#app/_components/ui/confirm.tsx'
import { Dialog } from '#app/_components/ui/dialog.tsx'
import { Menu, MenuChoices, MenuItem, MenuLabel, MenuLine } from '#app/_components/ui/menu.tsx'
import type { QueueLimits, UserQuotas } from '#core/limits/schema'
import { DeleteDialog, type Heir } from './delete-dialog.tsx'
import { QuotasDialog } from './quotas-dialog.tsx'
import { ROLES, type RoleName } from './roles.ts'
import { SessionsDialog } from './sessions-dialog.tsx'
import { type OneTimeLink, ShowLink } from './show-link.tsx'

interface Person {
  id: string
  name: string
  role: RoleName
  bytes: number
  quotas: UserQuotas
  totpSince: Date | null
}

/** What an admin can do about an account, beside taking access away; of their own only the quotas. */
export function PersonMenu({
  person: { id, name, role, bytes, quotas, totpSince },
  limits,
  passwords,
  heirs,
  self,
}: {
  person: Person
  limits: QueueLimits
  /** False where people sign in through the provider alone. */
  passwords: boolean
  heirs: Heir[]
  self: boolean
}) {
  const t = useTranslations('admin')
  const word = useTranslations('role')
  const action = useTranslations('action')
  const { run, pending } = useAction()
  const [link, setLink] = useState<OneTimeLink | null>(null)
  const [asking, setAsking] = useState<'delete' | 'quotas' | 'sessions' | 'factor' | null>(null)
  const q = useTranslations('quotas')
  const changeRole = (next: RoleName) => {
    if (next !== role)
      run(() => call('PUT', `users/${id}/role`, { role: next }), t('roleToast', { name, role: word(next) }))
  }
  return (
    <>
      <Menu
        trigger={
          <Button look="quiet" size="icon" disabled={pending} aria-label={action('menu', { name })}>
            <Ellipsis aria-hidden="true" />
          </Button>
        }
      >
        {!self && (
          <>
            <MenuLabel>{t('role')}</MenuLabel>
            <MenuChoices
              value={role}
              options={ROLES.map((value) => ({ value, label: word(value) }))}
              onChange={changeRole}
            />
            <MenuLine />
            {passwords && (
              <MenuItem
                onSelect={() =>
                  run(async () => setLink(await create<OneTimeLink>(`users/${id}/reset-link`, {})))
                }
              >
                <KeyRound aria-hidden="true" />
                {t('resetLink')}
              </MenuItem>
            )}
            {totpSince && (
              <MenuItem onSelect={() => setAsking('factor')}>
                <ShieldOff aria-hidden="true" />
                {t('resetFactor')}
              </MenuItem>
            )}
            <MenuItem onSelect={() => setAsking('sessions')}>
              <MonitorSmartphone aria-hidden="true" />
              {t('sessions')}
            </MenuItem>
          </>
        )}
        <MenuItem onSelect={() => setAsking('quotas')}>
          <Gauge aria-hidden="true" />
          {q('open')}
        </MenuItem>
        {!self && (
          <MenuItem danger onSelect={() => setAsking('delete')}>
            <Trash2 aria-hidden="true" />
            {t('deleteAccount')}
          </MenuItem>
        )}
      </Menu>
      <Dialog
        open={link !== null}
        onOpenChange={(open) => !open && setLink(null)}
        title={t('linkTitle')}
        text={link && t.rich('resetLinkText', { name, when: () => <Clock at={new Date(link.expiresAt)} /> })}
        closeLabel={action('close')}
      >
        {link && <ShowLink link={link} label={t('resetLink')} onDone={() => setLink(null)} />}
      </Dialog>
      <Confirm
        open={asking === 'factor'}
        onOpenChange={(open) => !open && setAsking(null)}
        title={t('resetFactorTitle', { name })}
        text={t('resetFactorText')}
        keepLabel={action('keep')}
        doLabel={t('resetFactor')}
        onConfirm={() => run(() => call('DELETE', `users/${id}/totp`), t('resetFactorToast', { name }))}
      />
      {asking === 'sessions' && <SessionsDialog id={id} name={name} onClose={() => setAsking(null)} />}
      {asking === 'delete' && (
        <DeleteDialog id={id} name={name} heirs={heirs} onClose={() => setAsking(null)} />
      )}
      {asking === 'quotas' && (
        <QuotasDialog {...{ id, name, bytes, quotas }} defaults={limits} onClose={() => setAsking(null)} />
      )}
    </>
  )
}
