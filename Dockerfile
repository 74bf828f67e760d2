# A server, as `rejoin server` runs it: docs/operations.md says how to use it.

FROM node:22-slim AS build
WORKDIR /src
COPY . .
RUN npm run build
RUN mkdir /packed && npm pack --silent --pack-destination /packed -w packages/protocol -w packages/engine -w packages/storage -w packages/sdk -w packages/client -w packages/ui -w packages/server -w packages/cli
RUN npm install --prefix /app --omit=dev --ignore-scripts --no-audit --no-fund /packed/*.tgz
RUN mkdir /data

FROM node:22-slim
ENV NODE_ENV=production
ENV NODE_OPTIONS=--max-semi-space-size=64
ENV REJOIN_DATA_DIR=/data
ENV REJOIN_INGRESS_ADDRESS=0.0.0.0:8080
ENV REJOIN_ADMIN_ADDRESS=0.0.0.0:9070
COPY --from=build /app /app
COPY --from=build --chown=node:node /data /data
USER node
VOLUME /data
EXPOSE 8080 9070
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:9070/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/app/node_modules/.bin/rejoin"]
CMD ["server"]
