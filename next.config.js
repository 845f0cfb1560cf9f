import createNextIntlPlugin from 'next-intl/plugin'

const withNextIntl = createNextIntlPlugin('./app/_i18n/request.ts')

/** @type {import('next').NextConfig} */
const config = {
  // Tests and a second checkout of the portal build beside the one that runs.
  distDir: process.env.NEXT_DIST_DIR ?? '.next',
  poweredByHeader: false,
  serverExternalPackages: [
    '@node-rs/argon2',
    'fluent-ffmpeg',
    'pg',
    'pg-boss',
    'pino',
    '@prisma/client',
    '@prisma/adapter-pg',
    '@tus/server',
    '@tus/file-store',
  ],
}

export default withNextIntl(config)
