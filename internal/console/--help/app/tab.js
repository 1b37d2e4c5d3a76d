import{c as o,j as r,l as e,m as a,n as c,p as n,t as i}from"./chunk-QDBS3YPC.js";import"./chunk-VKURSIE6.js";var m=new URLSearchParams(location.search).get("project"),s=o(a,async p=>{if(s(),!p||!m)return void location.replace("/");try{let t=await c("getProject",{projectId:m});document.title=t.name,r(n("main"),{previewOrigin:e}).show(t)}catch(t){i(t)}});
//# sourceMappingURL=tab.js.map
