{{template "theme"}}
console.log({{text "clear"}});
