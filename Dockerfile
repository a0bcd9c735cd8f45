# syntax=docker/dockerfile:1

# Builds with the development dependencies.
FROM node:20-bookworm-slim AS build
WORKDIR /belfry
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY tsconfig.json tsconfig.build.json prisma.config.ts ./
COPY prisma ./prisma
COPY scripts ./scripts
COPY client ./client
COPY src ./src
RUN npm run --silent generate && npm run --silent build
# Leaves what the server needs. The embedded PostgreSQL is an optional package of the platform, and not used here.
RUN npm prune --omit=dev --omit=optional --no-audit --no-fund --loglevel=error

FROM node:20-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /belfry
COPY --from=build /belfry/package.json ./
COPY --from=build /belfry/node_modules ./node_modules
COPY --from=build /belfry/dist ./dist
COPY prisma ./prisma
COPY belfry.yaml ./
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1, so that it gets the SIGTERM of `docker stop` and says goodbye to every stream.
CMD ["node", "--enable-source-maps", "dist/main.js"]
