import { DirectionProvider, MantineProvider, mergeThemeOverrides, useDirection } from "@mantine/core";
import { DatesProvider } from "@mantine/dates";
import { Notifications } from "@mantine/notifications";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode, useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import "dayjs/locale/fi";
import "dayjs/locale/fa";
import { Problem } from "@/api/client";
import { sessionQuery } from "@/api/queries";
import { directionOf } from "@/ui/i18n";
import { routerFor } from "./router";
import { theme } from "./theme";

/** A client that asks again only when asking again can help, and notices that a sign-in ended. */
function queryClient(): QueryClient {
  const signedOut = (problem: unknown) => {
    if (!(problem instanceof Problem) || problem.code !== "not_signed_in") return;
    client.setQueryData(sessionQuery.queryKey, null);
    router.navigate({ to: "/sign-in", search: { next: location.pathname + location.search } });
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: signedOut }),
    mutationCache: new MutationCache({ onError: signedOut }),
    defaultOptions: {
      queries: {
        retry: (failures, problem) =>
          failures < 2 && !(problem instanceof Problem && problem.status >= 400 && problem.status < 500),
        staleTime: 10_000,
      },
    },
  });
  return client;
}

const queries = queryClient();
const router = routerFor(queries);

/** Keeps Mantine's direction in step with the language. */
function Direction() {
  const { i18n } = useTranslation();
  const { setDirection } = useDirection();
  const direction = directionOf(i18n.language);
  useEffect(() => setDirection(direction), [direction, setDirection]);
  return null;
}

export function App() {
  const { t, i18n } = useTranslation();
  // A message is closed by a button that has a name in the person's language.
  const close = t("common.close");
  const worded = useMemo(() => {
    const Notification = { defaultProps: { closeButtonProps: { "aria-label": close } } };
    return mergeThemeOverrides(theme, { components: { Notification } });
  }, [close]);
  return (
    <StrictMode>
      <DirectionProvider initialDirection={directionOf(i18n.language)} detectDirection={false}>
        <MantineProvider theme={worded} defaultColorScheme="auto">
          <Direction />
          <DatesProvider
            settings={{
              locale: i18n.language,
              firstDayOfWeek: i18n.language === "fa" ? 6 : 1,
              weekendDays: [],
            }}
          >
            <QueryClientProvider client={queries}>
              <Notifications position="bottom-center" autoClose={2500} />
              <RouterProvider router={router} />
            </QueryClientProvider>
          </DatesProvider>
        </MantineProvider>
      </DirectionProvider>
    </StrictMode>
  );
}
