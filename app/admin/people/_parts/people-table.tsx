import Link from 'next/link'
import { useTranslations } from 'next-intl'
import { Clock } from '#app/_components/time/clock.tsx'
import { Table, Td, Th } from '#app/_components/ui/table.tsx'
import type { QueueLimits } from '#core/limits/schema'
import type { listUsers } from '#core/user/data'
import { AccessButton } from './access-button.tsx'
import { CancelJobs } from './cancel-jobs.tsx'
import { PersonMenu } from './person-menu.tsx'
import { WeightField } from './weight-field.tsx'

/** Everybody with an account, also those who may no longer sign in. */
export function PeopleTable({
  users,
  adminId,
  limits,
  passwords,
}: {
  users: Awaited<ReturnType<typeof listUsers>>
  adminId: string
  /** What holds for those who have no quotas of their own. */
  limits: QueueLimits
  /** False where people sign in through the provider alone. */
  passwords: boolean
}) {
  const t = useTranslations('admin')
  const role = useTranslations('role')
  // The one who deletes comes first: it is the likeliest choice.
  const heirs = users
    .filter((user) => !user.disabledAt)
    .sort((a, b) => Number(b.id === adminId) - Number(a.id === adminId))
    .map(({ id, name }) => ({ id, name }))
  const head = (
    <>
      <Th>{t('person')}</Th>
      <Th className="w-22 sm:w-28">{t('role')}</Th>
      <Th wide className="w-28">
        {t('openJobs')}
      </Th>
      <Th wide className="w-24">
        {t('weight')}
      </Th>
      <Th wide className="w-48">
        {t('joined')}
      </Th>
      <Th className="w-36 md:w-72">
        <span className="sr-only">{t('actions')}</span>
      </Th>
    </>
  )
  return (
    <Table head={head} label={t('peopleTitle')}>
      <tbody className="divide-y">
        {users.map((user) => (
          <tr key={user.id}>
            <Td>
              <p className="truncate text-base leading-5 font-medium" title={user.name}>
                {user.name}
                {user.id === adminId && <span className="font-normal text-muted"> ({t('you')})</span>}
                {user.disabledAt && (
                  <span className="ml-2 text-sm font-normal text-danger">{t('disabled')}</span>
                )}
              </p>
              <p className="truncate text-xs text-muted" title={user.email}>
                {user.email}
                {user.totpSince && ` · ${t('twoStep')}`}
              </p>
            </Td>
            <Td className="text-muted">{role(user.role)}</Td>
            <Td wide className="text-muted">
              {user.openJobs > 0 ? (
                <Link
                  href={`/admin/queue?owner=${user.id}`}
                  prefetch={false}
                  className="underline decoration-line-strong underline-offset-2 hover:text-ink"
                >
                  {user.openJobs}
                </Link>
              ) : (
                0
              )}
            </Td>
            <Td wide>
              <WeightField key={user.weight} id={user.id} name={user.name} weight={user.weight} />
            </Td>
            <Td wide className="text-muted">
              <Clock at={user.createdAt} />
            </Td>
            <Td className="text-right">
              <span className="inline-flex items-center justify-end gap-2">
                {user.openJobs > 0 && <CancelJobs id={user.id} name={user.name} openJobs={user.openJobs} />}
                {user.id !== adminId && (
                  <AccessButton id={user.id} name={user.name} disabled={user.disabledAt !== null} />
                )}
                <PersonMenu
                  person={user}
                  limits={limits}
                  passwords={passwords}
                  heirs={heirs}
                  self={user.id === adminId}
                />
              </span>
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  )
}
