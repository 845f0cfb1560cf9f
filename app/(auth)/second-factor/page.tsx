import type { Metadata } from 'next'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { currentUser } from '#app/_auth/user'
import { firstOf } from '#app/_components/search-param'
import { originOf } from '#app/_server/origin'
import { Intro } from '#app/(auth)/_forms/intro.tsx'
import { safeNext } from '#app/(auth)/_forms/safe-next'
import { FirstSetup } from './_parts/first-setup.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('secondFactor'))('title') }
}

/** Where those go first who may do nothing without a second factor. */
export default async function SecondFactorPage({
  searchParams,
}: {
  searchParams: Promise<{ next?: string | string[] }>
}) {
  const next = safeNext(firstOf((await searchParams).next), originOf(await headers()))
  const user = await currentUser()
  if (!user) redirect(next === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`)
  const t = await getTranslations('secondFactor')
  // While the recovery codes are shown the second factor is on already: what the page showed stays then.
  if (!user.lacksSecondFactor) redirect(next)
  return (
    <>
      <Intro title={t('requiredTitle')}>{t('requiredText')}</Intro>
      <FirstSetup email={user.email} next={next} />
    </>
  )
}
