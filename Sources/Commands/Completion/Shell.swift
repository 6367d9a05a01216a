import ArgumentParser

/// A shell in which commands can be completed.
///
/// Its script asks this program what can stand at the cursor, and looks up files by itself: it knows best how they are
/// quoted.
enum Shell: String, ExpressibleByArgument, CaseIterable {
  case bash
  case zsh
  case fish

  /// What the shell evaluates when it starts.
  var script: String {
    switch self {
    case .bash: Self.bashScript
    case .zsh: Self.zshScript
    case .fish: Self.fishScript
    }
  }

  private static let bashScript = #"""
    # Completion of cnnzoo in bash.
    _cnnzoo() {
        local line files="" extensions="" cur=$2
        local word=${COMP_WORDS[COMP_CWORD]}
        local -a words=("${COMP_WORDS[@]:1:COMP_CWORD-1}")
        # Behind the separators = and : bash begins a new word, and $2 is what follows.
        case $word in
        = | :) words+=("$word") cur="" ;;
        *) words+=("$cur") ;;
        esac
        COMPREPLY=()
        while IFS= read -r line; do
            case $line in
            :folders) files=folders ;;
            :files*) files=files extensions=${line#:files} ;;
            *) COMPREPLY+=("${line%%$'\t'*}") ;;
            esac
        done < <("${1/#\~/$HOME}" completion bash -- "${words[@]}" 2>/dev/null)
        if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:] ]]; then compopt -o nospace; fi
        [[ -n $files ]] || return 0
        compopt -o filenames
        # What bash-completion knows about quoting, if it is loaded.
        if declare -F _filedir >/dev/null; then
            [[ $word != [\"\']* ]] || cur=$word
            local found=${#COMPREPLY[@]}
            if [[ $files == folders ]]; then
                _filedir -d
            elif [[ -n $extensions ]]; then
                local pattern=${extensions# }
                _filedir "@(${pattern// /|})"
                [[ ${#COMPREPLY[@]} -gt $found ]] || _filedir
            else
                _filedir
            fi
        elif [[ ${#COMPREPLY[@]} -eq 0 ]]; then
            compopt -o default
        fi
    }
    complete -F _cnnzoo cnnzoo

    """#

  private static let zshScript = #"""
    #compdef cnnzoo
    # Completion of cnnzoo in zsh.
    _cnnzoo() {
        local line text files
        local -a extensions full open
        for line in "${(@f)$("${(Q)words[1]/#\~/$HOME}" completion zsh -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
            case $line in
                "") ;;
                :folders) files=folders ;;
                :files*) files=files extensions=(${=line#:files}) ;;
                *)
                    text=${line%%$'\t'*}
                    # A value follows behind = and :, so no blank does.
                    if [[ $text == *[=:] ]]; then
                        open+=("${text//:/\\:}:${line#*$'\t'}")
                    else
                        full+=("${text//:/\\:}${${line#$text}/$'\t'/:}")
                    fi
                    ;;
            esac
        done
        local -i found=1
        (( $#full )) && _describe -V value full && found=0
        (( $#open )) && _describe -V value open -S '' && found=0
        if [[ -n $files ]]; then
            compset -P '--*='
            if [[ $files == folders ]]; then
                _files -/ && found=0
            elif (( $#extensions )); then
                _files -g "(#i)*.(${(j:|:)extensions})(-.)" && found=0
            else
                _files && found=0
            fi
        fi
        return found
    }
    if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then _cnnzoo "$@"; else compdef _cnnzoo cnnzoo; fi

    """#

  private static let fishScript = #"""
    # Completion of cnnzoo in fish.
    function __cnnzoo_complete
        set -l words (commandline -opc)
        set -l current (commandline -ct)
        set -l program (string replace -r '^~' $HOME -- $words[1])
        set -e words[1]
        for line in ($program completion fish -- $words $current 2>/dev/null)
            # What stands in front of a file in --option=file.
            set -l option (string match -r -- '^--[^=]*=' $current)
            set -l path (string replace -r -- '^--[^=]*=' '' $current)
            switch $line
                case ':folders'
                    complete -C "'' $path" | string match -r '.*/$' | string replace -r '^' -- "$option"
                case ':files*'
                    set -l found (complete -C "'' $path")
                    set -l extensions (string split -n ' ' -- $line)[2..]
                    if set -q extensions[1]
                        set -l wanted (string match -ir -- '.*(?:/|\.'(string join '|\.' $extensions)')$' $found)
                        set -q wanted[1]; and set found $wanted
                    end
                    string replace -r '^' -- "$option" $found
                case '*'
                    echo $line
            end
        end
    end
    complete -c cnnzoo -f -k -a '(__cnnzoo_complete)'

    """#
}
