import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { requireUser } from '#app/_auth/user'
import { SessionList } from '#app/_components/sessions/session-list.tsx'
import { Page } from '#app/_components/ui/page.tsx'
import { limitsJson } from '#app/_serial/limits'
import { limitsOf, readUsage } from '#core/limits/limits'
import { listTrash } from '#core/trash/data'
import { readProfile, usesPassword } from '#core/user/profile'
import { readSecondFactor } from '#core/user/second-factor'
import { listSessions } from '#core/user/sessions'
import { NameForm } from './_parts/name-form.tsx'
import { Part } from './_parts/part.tsx'
import { PasswordForm } from './_parts/password-form.tsx'
import { Preferences } from './_parts/preferences.tsx'
import { Room } from './_parts/room.tsx'
import { SecondFactor } from './_parts/second-factor.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('profile'))('title') }
}

/** What one may say of oneself, and where one is signed in. */
export default async function ProfilePage() {
  const user = await requireUser('/profile')
  const [t, second, profile, factor, withPassword, sessions, limits, usage, trash] = await Promise.all([
    getTranslations('profile'),
    getTranslations('secondFactor'),
    readProfile(user.id),
    readSecondFactor(user.id),
    usesPassword(user.id),
    listSessions(user.id),
    limitsOf(user.id),
    readUsage(user.id),
    listTrash(user.id),
  ])
  return (
    <Page title={t('title')} below={<p className="text-sm text-muted">{profile.email}</p>}>
      <div className="divide-y border-t">
        <Part title={t('name')} text={t('nameText')}>
          <NameForm name={profile.name} />
        </Part>
        <Part title={t('preferences')} text={t('preferencesText')}>
          <Preferences
            theme={profile.theme}
            zone={profile.zone}
            zones={Intl.supportedValuesOf('timeZone')}
            key={`${profile.theme} ${profile.zone}`}
          />
        </Part>
        <Part title={t('room')} text={t('roomText')}>
          <Room
            limits={limitsJson(limits, usage)}
            trash={{ items: trash.length, bytes: trash.reduce((sum, { bytes }) => sum + bytes, 0) }}
          />
        </Part>
        {withPassword && (
          <>
            <Part title={t('password')} text={t('passwordText')}>
              <PasswordForm email={profile.email} />
            </Part>
            <Part title={second('title')} text={second('text')}>
              <SecondFactor email={profile.email} {...factor} />
            </Part>
          </>
        )}
        <Part title={t('sessions')} text={t('sessionsText')}>
          <SessionList
            path="profile/sessions"
            sessions={sessions.map((session) => ({ ...session, current: session.id === user.sessionId }))}
          />
        </Part>
      </div>
    </Page>
  )
}
