import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { requireRole } from '#app/_auth/user'
import { Clock } from '#app/_components/time/clock.tsx'
import { Page, Section } from '#app/_components/ui/page.tsx'
import { readLimits } from '#core/limits/limits'
import { listOpenInvitations, listUsers } from '#core/user/data'
import { passwordsAreOff } from '#core/user/provider-settings'
import { AddPerson } from './_parts/add-person.tsx'
import { PeopleTable } from './_parts/people-table.tsx'
import { WithdrawButton } from './_parts/withdraw-button.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('admin'))('peopleTitle') }
}

/** Who may come in. */
export default async function PeoplePage() {
  const admin = await requireRole('admin', '/admin/people')
  const [t, role, users, invitations, limits] = await Promise.all([
    getTranslations('admin'),
    getTranslations('role'),
    listUsers(),
    listOpenInvitations(),
    readLimits(),
  ])
  return (
    <Page title={t('peopleTitle')} actions={<AddPerson />}>
      <PeopleTable users={users} adminId={admin.id} limits={limits} passwords={!passwordsAreOff()} />
      {invitations.length > 0 && (
        <Section title={t('invitations')}>
          <ul className="divide-y rounded-md border bg-surface">
            {invitations.map((invitation) => (
              <li key={invitation.id} className="flex items-center justify-between gap-4 px-4 py-2 text-sm">
                <div className="min-w-0">
                  <p className="[overflow-wrap:anywhere]">
                    {(invitation.name || invitation.email) && (
                      <span className="font-medium">
                        {[invitation.name, invitation.email].filter(Boolean).join(' · ')}{' '}
                      </span>
                    )}
                    <span className="text-muted">
                      {t('invitation', {
                        role: role(invitation.role),
                        name: invitation.createdBy?.name ?? t('someone'),
                      })}
                    </span>
                  </p>
                  <p className="text-muted">
                    {t.rich('expires', { when: () => <Clock at={invitation.expiresAt} /> })}
                  </p>
                </div>
                <WithdrawButton
                  id={invitation.id}
                  label={invitation.name ?? invitation.email ?? role(invitation.role)}
                />
              </li>
            ))}
          </ul>
        </Section>
      )}
    </Page>
  )
}
