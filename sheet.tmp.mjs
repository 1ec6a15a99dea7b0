import { PNG } from "pngjs"; import { readFileSync, writeFileSync } from "node:fs";
// rows: [file, field, f]
const rows = process.argv.slice(3).map(a=>a.split(":"));
const n=16, s=28, z=2, p=new PNG({width:n*(s+2)*z,height:rows.length*(s+2)*z});
p.data.fill(255);
rows.forEach(([file,field,f],r)=>{ const lines=readFileSync(file,"utf8").trim().split("\n").map(JSON.parse).slice(0,n);
 lines.forEach((l,c)=>{ let v=(l.outputs??l)[field].flat(Infinity); if(f==="sig") v=v.map(x=>1/(1+Math.exp(-x))); if(f==="arg"){ const k=v.length/784; v=Array.from({length:784},(_,i)=>{let b=0;for(let j=1;j<k;j++) if(v[j*784+i]>v[b*784+i]) b=j; return b/ (k-1);}); }
  for(let y=0;y<s*z;y++)for(let x=0;x<s*z;x++){const g=Math.max(0,Math.min(255,255*v[Math.floor(y/z)*s+Math.floor(x/z)]));const at=4*((r*(s+2)*z+y)*p.width+c*(s+2)*z+x);p.data[at]=p.data[at+1]=p.data[at+2]=g;}});});
writeFileSync(process.argv[2],PNG.sync.write(p));
