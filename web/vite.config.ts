import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.LUOTSI_URL ?? "http://127.0.0.1:8010";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  build: {
    target: "es2023",
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules\/(react|react-dom|scheduler)\// },
            { name: "mantine", test: /node_modules\/@mantine\/(core|hooks|store)\/|@floating-ui/ },
          ],
        },
      },
    },
  },
  server: {
    // The API refuses unsafe methods whose Origin is not its own host.
    proxy: {
      "/api": {
        target: server,
        changeOrigin: true,
        configure: (proxy) => proxy.on("proxyReq", (request) => request.setHeader("origin", server)),
      },
      "/js": { target: server, changeOrigin: true },
    },
  },
  test: { include: ["src/**/*.test.{ts,tsx}"] },
});
