# Installs the systemd unit, its configuration, and the JSON Schema of events, and sets up uninstalling everything. Included before the folders that
# install programs, manuals and completions.
set(VTP_NOTED ${PROJECT_BINARY_DIR}/install_folders.txt)

# Records the folders that the installation will create, so that uninstalling removes no others. `cmake --install` may
# get a different prefix than the configuration, so that the prefix is known only when it runs.
install(CODE "
  get_filename_component(CMAKE_INSTALL_PREFIX \"\${CMAKE_INSTALL_PREFIX}\" ABSOLUTE)
  set(vtp_etc \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_SYSCONFDIR}\")
  if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\")
    set(vtp_etc /etc)
  endif()
  set(vtp_noted \"\")
  foreach(folder IN ITEMS ${CMAKE_INSTALL_BINDIR} ${CMAKE_INSTALL_MANDIR}/man1 ${CMAKE_INSTALL_MANDIR}/man5
                          ${CMAKE_INSTALL_MANDIR}/man7 ${CMAKE_INSTALL_MANDIR}/man8
                          ${CMAKE_INSTALL_DATADIR}/bash-completion/completions ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
                          ${CMAKE_INSTALL_DOCDIR} ${CMAKE_INSTALL_DATADIR}/vtptools lib/systemd/system)
    get_filename_component(path \"\${folder}\" ABSOLUTE BASE_DIR \"\${CMAKE_INSTALL_PREFIX}\")
    list(APPEND vtp_noted \"\${path}\")
  endforeach()
  foreach(path IN LISTS vtp_noted ITEMS \"\${vtp_etc}/vtptools\")
    while(NOT path STREQUAL / AND NOT EXISTS \"\$ENV{DESTDIR}\${path}\")
      file(APPEND \"${VTP_NOTED}\" \"\$ENV{DESTDIR}\${path}\\n\")
      get_filename_component(path \"\${path}\" DIRECTORY)
    endwhile()
  endforeach()
")

# The unit contains the installed paths of the program and the configuration. A configuration that was changed is not
# overwritten.
install(FILES scripts/brokerd.conf DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES lib/voevent/event.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/vtptools)
install(CODE "
  file(READ \"${PROJECT_SOURCE_DIR}/scripts/brokerd.service\" unit)
  string(REPLACE /usr/local/bin/ \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/\" unit \"\${unit}\")
  string(REPLACE /usr/local/etc/ \"\${vtp_etc}/\" unit \"\${unit}\")
  file(WRITE \"${PROJECT_BINARY_DIR}/brokerd.service\" \"\${unit}\")
  file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/lib/systemd/system\" TYPE FILE
       FILES \"${PROJECT_BINARY_DIR}/brokerd.service\")
  set(installed \"\$ENV{DESTDIR}\${vtp_etc}/vtptools/brokerd.conf\")
  set(changed 0)
  if(EXISTS \"\${installed}\")
    execute_process(COMMAND \"${CMAKE_COMMAND}\" -E compare_files \"\${installed}\"
                    \"${PROJECT_SOURCE_DIR}/scripts/brokerd.conf\" RESULT_VARIABLE changed OUTPUT_QUIET ERROR_QUIET)
  endif()
  if(changed EQUAL 0)
    file(INSTALL DESTINATION \"\${vtp_etc}/vtptools\" TYPE FILE FILES \"${PROJECT_SOURCE_DIR}/scripts/brokerd.conf\")
  else()
    message(STATUS \"Kept: \${installed}, which was changed\")
  endif()
")

add_custom_target(uninstall
  COMMAND ${CMAKE_COMMAND} -D VTP_MANIFEST=${PROJECT_BINARY_DIR}/install_manifest.txt -D VTP_NOTED=${VTP_NOTED}
          -D VTP_SAMPLE=${PROJECT_SOURCE_DIR}/scripts/brokerd.conf -P ${PROJECT_SOURCE_DIR}/scripts/uninstall.cmake
  USES_TERMINAL VERBATIM)
