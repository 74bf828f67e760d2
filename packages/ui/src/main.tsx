/** The web UI: the composition root of the page. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Router } from "wouter";
import { AdminContext, createPageClient } from "./api/admin.ts";
import { App } from "./app.tsx";
import { useWrittenLocation, useWrittenSearch } from "./frame/location.ts";
import { ToastProvider } from "./parts/toasts.tsx";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/controls.css";
import "./styles/parts.css";
import "./styles/pages.css";
import "./styles/overview.css";
import "./styles/invocations.css";
import "./styles/invocation.css";

const queries = new QueryClient({
  // Whether the browser has the Internet says nothing about this server.
  defaultOptions: {
    queries: { retry: false, staleTime: 1000, gcTime: 300_000, networkMode: "always" },
  },
});
const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root element");

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <AdminContext value={createPageClient()}>
        <ToastProvider>
          <Router base="/ui" hook={useWrittenLocation} searchHook={useWrittenSearch}>
            <App />
          </Router>
        </ToastProvider>
      </AdminContext>
    </QueryClientProvider>
  </StrictMode>,
);
