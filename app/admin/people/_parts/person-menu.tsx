'use client'

import { Ellipsis, KeyRound, Trash2 } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { Clock } from '#app/_components/time/clock.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Dialog } from '#app/_components/ui/dialog.tsx'
import { Menu, MenuChoices, MenuItem, MenuLabel, MenuLine } from '#app/_components/ui/menu.tsx'
import { DeleteDialog, type Heir } from './delete-dialog.tsx'
import { ROLES, type RoleName } from './roles.ts'
import { type OneTimeLink, ShowLink } from './show-link.tsx'

/** What an admin can do about somebody else's account, beside taking access away. */
export function PersonMenu({
  id,
  name,
  role,
  heirs,
}: {
  id: string
  name: string
  role: RoleName
  heirs: Heir[]
}) {
  const t = useTranslations('admin')
  const word = useTranslations('role')
  const action = useTranslations('action')
  const { run, pending } = useAction()
  const [link, setLink] = useState<OneTimeLink | null>(null)
  const [deleting, setDeleting] = useState(false)
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
        <MenuLabel>{t('role')}</MenuLabel>
        <MenuChoices
          value={role}
          options={ROLES.map((value) => ({ value, label: word(value) }))}
          onChange={changeRole}
        />
        <MenuLine />
        <MenuItem
          onSelect={() => run(async () => setLink(await call<OneTimeLink>('POST', `users/${id}/reset-link`)))}
        >
          <KeyRound aria-hidden="true" />
          {t('resetLink')}
        </MenuItem>
        <MenuItem danger onSelect={() => setDeleting(true)}>
          <Trash2 aria-hidden="true" />
          {t('deleteAccount')}
        </MenuItem>
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
      {deleting && <DeleteDialog id={id} name={name} heirs={heirs} onClose={() => setDeleting(false)} />}
    </>
  )
}
