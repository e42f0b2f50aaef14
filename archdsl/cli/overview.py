"""The text of `archdsl --help`."""

OVERVIEW = """\
archdsl compiles descriptions of convolutional networks to readable PyTorch modules and ONNX models.

usage: archdsl COMMAND ...

commands:
  check SPEC...        find errors, and say how to mend them; writes nothing
  fmt PATH...          rewrite files in the one canonical style
  lint PATH...         find pitfalls of network design, with numbers
  compile SPEC         write PyTorch modules and ONNX models
  init SPEC -o FILE    write initial weights as .safetensors
  summary SPEC         shapes, parameters, MACs and receptive fields, layer by layer
  diagram SPEC -o FILE draw a network: svg, png, pdf, dot, Mermaid, or an interactive page
  view SPEC            the same page in a browser, drawn anew whenever the file is saved
  explain SPEC LAYER   how the figures of a layer come about
  explain CODE         what an error means, why it matters and how to mend it
  verify SPEC          run the PyTorch module and the ONNX model, and compare all results
  zoo [NAME]           the networks that ship with archdsl: list, print or copy them

SPEC is a file, net.arch, or one network or transfer plan of it, net.arch:Network.

examples:
  archdsl zoo resnet -o resnet.arch                     start from a network you know
  archdsl check resnet.arch                             is it sound?
  archdsl summary resnet.arch:ResNet50 --input H=288    what does it cost?
  archdsl compile resnet.arch:ResNet50 --set classes=10 -o models

options:
  -h, --help           this help; `archdsl COMMAND --help` says more about a command
  -V, --version        the version
  --debug              show a traceback when archdsl itself fails

exit codes:
  0    fine
  1    the source has errors
  2    wrong usage, or a file that cannot be read or written
  70   a bug in archdsl
  130  interrupted

Diagnostics go to stderr, in colour on a terminal unless NO_COLOR is set.
"""
