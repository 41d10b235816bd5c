import "@mantine/core/styles.css";
import "@mantine/dates/styles.css";
import "@mantine/notifications/styles.css";
import "./app/styles.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/app";
import { startI18n } from "./ui/i18n";

const root = document.getElementById("root");
if (!root) throw new Error("the page has no #root element");
startI18n().then(() => createRoot(root).render(<App />));
