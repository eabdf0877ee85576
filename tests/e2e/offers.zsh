# What zsh offers at the end of a command line, in a terminal of its own, and what becomes of the line:
#   zsh -f offers.zsh FOLDER LINE
# FOLDER has the completion functions. Prints "offer WORD" lines and then "line LINE"; 77: zsh cannot try.
zmodload zsh/zpty || exit 77
folder=$1 line=$2
said=$(mktemp) || exit 1

cat >$said.rc <<'ZSH'
PROMPT= RPROMPT=
fpath=($folder $fpath)
autoload -Uz compinit && compinit -u -C -d $folder/dump
zstyle ':completion:*' insert-tab false
# All matches go through this; with -O, -A or -D it is only asked for some.
compadd() {
  if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
    local -a __matches
    builtin compadd -A __matches "$@"
    print -rl -- 'offer '${^__matches} >>$said
  fi
  builtin compadd "$@"
}
complete-and-tell() {
  zle complete-word
  print -r -- "line $BUFFER" >>$said
  exit
}
zle -N complete-and-tell
bindkey '^I' complete-and-tell
print 'it is ready'
ZSH

zpty shell TERM=dumb zsh -f -i
zpty -w shell "folder=${(q)folder} said=$said; source $said.rc"
while zpty -r shell output && [[ $output != *'it is ready'* ]]; do :; done
zpty -n -w shell "$line"$'\t'
while zpty -r shell output; do :; done
cat $said
rm -f $said $said.rc
