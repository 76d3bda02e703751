// The extensions that the server reads. A test in crates/knowledge/tests/listed.rs writes this file.
export const ACCEPT =
  '.asm,.bash,.bib,.bmp,.c,.cc,.cfg,.cjs,.clj,.cljs,.conf,.cpp,.cs,.css,.csv,.cxx,.dart,.diff,.docm,' +
  '.docx,.dotx,.el,.eml,.epub,.erl,.ex,.exs,.f,.f90,.fish,.geojson,.gif,.go,.gradle,.graphql,' +
  '.groovy,.h,.hcl,.hh,.hpp,.hs,.htm,.html,.ini,.java,.jl,.jpeg,.jpg,.js,.json,.jsonl,.jsx,.kt,.kts,' +
  '.less,.lisp,.log,.lua,.markdown,.md,.mdown,.mjs,.mkd,.ml,.mli,.msg,.ndjson,.nix,.odp,.ods,.odt,' +
  '.otp,.ots,.ott,.pas,.patch,.pdf,.php,.pl,.pm,.png,.ppsx,.pptm,.pptx,.properties,.proto,.ps1,.py,' +
  '.pyi,.r,.rb,.rs,.rst,.rtf,.s,.scala,.scss,.sh,.sql,.svelte,.swift,.tab,.tex,.text,.tf,.tif,.tiff,' +
  '.toml,.ts,.tsv,.tsx,.txt,.vue,.webp,.xhtml,.xls,.xlsb,.xlsm,.xlsx,.xltx,.xml,.xsd,.xsl,.yaml,' +
  '.yml,.zig,.zip,.zsh';
