{{define "theme"}}
{{if has "dark-toggle"}}
document.querySelector("#theme").addEventListener("click", () => {
  const dark = getComputedStyle(document.documentElement).colorScheme.endsWith("dark");
  document.documentElement.style.colorScheme = dark ? "light" : "dark";
});
{{end}}
{{end}}
