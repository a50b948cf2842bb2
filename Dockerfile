# docs/guides/docker-and-systemd.md
FROM node:24-slim
WORKDIR /opt/moonshare
COPY . .
RUN npm ci && npm run build && install -d -o node /data
USER node
ENV MOONSHARE_DATA=/data MOONSHARE_BIND=0.0.0.0
VOLUME /data
CMD ["node", "packages/server/cli/moonshare.ts", "serve"]
HEALTHCHECK CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}${process.env.MOONSHARE_PATH_PREFIX || ''}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
