# The workload's image, and the nodes' pause image: busybox alone. Its build context is the folder that busybox lies in.
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
CMD ["/bin/sleep", "2147483647"]
