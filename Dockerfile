# docs/guides/docker-and-systemd.md. What is in the image: docs/licenses.md, and /opt/moonshare/sbom.cdx.json.
FROM node:24-slim AS build
WORKDIR /opt/moonshare
# For the WebRTC addon, packages/webrtc/native.
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
COPY . .
RUN npm ci && npm run build && npm run -s sbom > sbom.cdx.json
# Only what the server and its streamers need; dangling links to packages left behind are removed.
RUN npm ci --omit=dev -w @moonshare/server -w @moonshare/streamer \
  && rm -rf bench e2e examples scripts packages/client packages/virtual-host packages/web/src \
  && find node_modules -xtype l -delete

FROM node:24-slim
WORKDIR /opt/moonshare
COPY --from=build /opt/moonshare/LICENSE /opt/moonshare/package.json /opt/moonshare/sbom.cdx.json ./
COPY --from=build /opt/moonshare/docs/licenses.md docs/
COPY --from=build /opt/moonshare/node_modules node_modules
COPY --from=build /opt/moonshare/packages packages
RUN install -d -m 700 -o node -g node /data
USER node
ENV PATH=/opt/moonshare/node_modules/.bin:$PATH MOONSHARE_DATA=/data MOONSHARE_BIND=0.0.0.0
VOLUME /data
# It listens on TCP 8080, and on UDP and TCP 21000-21199: which of them to publish is in the guide.
CMD ["moonshare", "serve"]
HEALTHCHECK CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}${process.env.MOONSHARE_PATH_PREFIX || ''}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
